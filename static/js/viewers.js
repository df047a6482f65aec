// The slider that uncovers the newer of two pictures.
document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-slide]')) return
  event.target.closest('.imageview').style.setProperty('--cut', `${100 - event.target.value}%`)
})
